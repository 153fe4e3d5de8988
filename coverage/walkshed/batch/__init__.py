"""Many studies at once, on Dask: nothing done twice, nothing lost, one table of results."""
