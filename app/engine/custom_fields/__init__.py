"""Custom fields: what a shop wants to know of its customers and products beyond what Rapport asks.

An admin defines them in the browser; from then on they are on forms, record pages, lists, filters,
imports, exports and in the API, in every process, without a restart.

Words: a *definition* is a field as the admin made it; its *key* names it for ever ("custom.size" in
filters, lists and forms); a *plain* value is JSON ("2026-01-31", 12, ["a", "b"]); a sensitive one is
*sealed* when stored.

Rules: a value is checked in one place (`types`, `values`); a field is archived before anything else,
and comes back with its values; a removed option stays on the records that have it.
"""
