"""Reading institutions from the DCS and applying them: crawl, run, report."""
