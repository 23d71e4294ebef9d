# The stand-in: a small Harbor for tests, written from observed answers of a real one and held against them. It runs as
# one process on loopback (`serve`) or, in the containers of the installer, as core, jobservice, registryctl and
# exporter.
