"""Train the networks on photos with human masks."""
