"""A believable company to try Rapport on: four people who sign in, and years of ordinary work.

Everything is drawn from fixed seeds, so the same size always makes the same company.
Made with COPY and set-based SQL: 1,000,000 customers take minutes.
"""
