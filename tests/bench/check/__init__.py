"""The migration check beside its peers: agreement with measured locks, precision and recall, speed."""
