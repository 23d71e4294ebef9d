# Replication policies, executions, tasks. (LAYERS is writing this file.)
