"""A whole synthetic city on loopback: sites, feeds, accounts, and a fortnight of faults to be found."""
