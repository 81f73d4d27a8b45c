"""Publish what is on record: jobs to their queues, results to theirs."""
