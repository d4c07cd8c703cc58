"""Suggested segments: groups found in what customers do, each explained by a filter of few questions.

A *run* looks at everybody who bought within the window, finds groups by k-means on standardised log
features, as many as the silhouette says are apart, and always from the same seed. Groups are matched
with those of the last run, so that a name stays with its customers. Each *suggestion* says what sets
it apart, and holds a *rule*: a shallow decision tree as an ordinary filter, with how well it fits.

The libraries that do the numbers are loaded by the job alone (`jobs`): pages do without them.
"""
