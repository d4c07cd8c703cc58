"""The widget: people talk with the shop on any web page, without an account.

A *widget* is one place on other pages: its look, its texts, the origins that may show it. Who talks there is
a *visitor*, a person nobody has proved to be anybody, until a *proof*: an identity signed by the page's own
server, a code sent to an address, or a link from a mail. Then their conversations go over to the customer.
A *session* is what one browser keeps of that, a random secret of which the hash is stored here.

Rules: what a visitor says of themselves (a name, an email) is kept with the visitor and changes no customer;
the page around the frame and the frame exchange a handful of words and nothing else; nothing is kept in a
browser before its first message; an answer that nobody is there to read goes out by mail, once for all of them.
"""
