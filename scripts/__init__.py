"""What we ship of others: under which licences, and with which known holes; run by `make audit`."""
