tls_route "vault" {
  name        = "vault"
  namespace   = "default"
  gateway     = { name = "public" }
  listener    = "tls"
  port        = 9443
  hostnames   = ["vault.example.com"]
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }
  rule "all" {
    forward {
      to     = { name = "vault" }
      weight = 2
    }
  }
}

tls_route "set" {
  listener_set = { name = "shop" }
  hostnames    = ["vault.example.com"]
  rule "all" {
    forward { to = { name = "vault" } }
  }
}

tls_route "several" {
  hostnames = ["vault.example.com"]
  attach {
    gateway  = { name = "public" }
    listener = "tls"
    port     = 9443
  }
  attach { listener_set = { name = "shop" } }
  rule "all" {
    forward { to = { name = "vault" } }
  }
}
