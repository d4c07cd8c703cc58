"""Companies: the firms that customers work for, with a page of their own.

A customer works for one company or none. A company is found again by its domain, else by its name,
whatever the case and accents. Rules: a domain belongs to one company that is not archived; a company is
never deleted, only archived; one that was merged into another leads there, and its people follow.
"""
