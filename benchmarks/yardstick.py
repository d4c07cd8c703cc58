"""The yardstick: what a bare Flask + SQLAlchemy + Jinja page of 25 rows and a count does on the same database."""

import os

from flask import Flask, render_template_string, request
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from app.people.models import Customer

PAGE = """<!doctype html>
<html lang="en">
  <head><title>Customers</title></head>
  <body>
    <h1>Customers</h1>
    <p>{{ count }} customers</p>
    <table>
      <tr><th>Name</th><th>Email</th><th>Stage</th><th>Country</th><th>Since</th></tr>
      {% for customer in customers %}
      <tr>
        <td><a href="/customers/{{ customer.person_id }}">{{ customer.first_name }} {{ customer.last_name }}</a></td>
        <td>{{ customer.email }}</td><td>{{ customer.stage }}</td><td>{{ customer.country }}</td>
        <td>{{ customer.created_at }}</td>
      </tr>
      {% endfor %}
    </table>
    <a href="?page={{ page + 1 }}">Next</a>
  </body>
</html>"""

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=20)


@app.get("/healthz")
def healthz():
    """Up."""
    return {"status": "ok"}


@app.get("/")
def customers():
    """Show 25 customers and how many there are."""
    page = request.args.get("page", 1, int)
    order = (Customer.last_name, Customer.first_name, Customer.person_id)
    with Session(engine) as session:
        rows = session.scalars(select(Customer).order_by(*order).offset((page - 1) * 25).limit(25)).all()
        count = session.scalar(select(func.count()).select_from(Customer))
        return render_template_string(PAGE, customers=rows, count=count, page=page)
