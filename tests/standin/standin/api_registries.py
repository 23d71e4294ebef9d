# Remote registries: their live health check, ping, masked secrets. (LAYERS is writing this file.)
