"""What others query: the views, the functions, and the role that may read them."""
