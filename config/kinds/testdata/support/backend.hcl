backend "addresses" {
  name        = "orders"
  namespace   = "shop"
  endpoints   = ["10.0.0.7:9001", "[2001:db8::1]:9001"]
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "orders" }
}

backend "named" {
  dns = "orders.internal:8080"
}

backend "in_cluster" {
  service = "orders"
  port    = 8080
}

backend "loopback" {
  endpoints = ["127.0.0.1:9001"]
}

backend "short" {
  dns = "orders:8080"
}
