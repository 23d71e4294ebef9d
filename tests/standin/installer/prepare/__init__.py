# What the image goharbor/prepare runs: harbor.yml becomes configuration files, secrets and docker-compose.yml, with the
# observable contract of Harbor's own program, its traps included.
