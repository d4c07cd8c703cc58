"""Placeholders: the one way in which texts of this product leave room for what is known of somebody.

A *placeholder* is a known word in braces, `{customer.first_name}`; behind a bar stands what to say where it is empty,
`{customer.first_name|there}`. A *choice* says something only where it fits:
`{if customer.company}at {customer.company}{else}at home{end}`, `{if customer.country is Norway}`, `{if not ...}`.
That is all of it: nothing counts, loops or calls. A text is read once (`language`) and cut into a *stencil*
(`stencils`), which is then filled for each person. Words that nobody knows are named, with the line and the nearest.
"""
