"""The ledger's schema, one file a version: NNNN.sql brings a ledger of the version before to NNNN."""
