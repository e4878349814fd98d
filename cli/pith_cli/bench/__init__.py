"""The command `pith bench`: what the services cost, beside an empty call in the same run."""
