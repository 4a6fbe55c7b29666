"""From a request to a report: the deploy and `migration-check.sh` ask the same question here."""
