tcp_route "database" {
  name        = "database"
  namespace   = "default"
  gateway     = { name = "public" }
  listener    = "tcp"
  port        = 9000
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }
  rule "all" {
    forward {
      to     = { name = "database" }
      weight = 2
    }
  }
}

tcp_route "set" {
  listener_set = { name = "shop" }
  rule "all" {
    forward { to = { name = "database" } }
  }
}

tcp_route "several" {
  attach {
    gateway  = { name = "public" }
    listener = "tcp"
    port     = 9000
  }
  attach { listener_set = { name = "shop" } }
  rule "all" {
    forward { to = { name = "database" } }
  }
}

udp_route "names" {
  name        = "names"
  namespace   = "default"
  gateway     = { name = "public" }
  listener    = "udp"
  port        = 9053
  labels      = { team = "shop" }
  annotations = { "example.com/why" = "shop" }
  rule "all" {
    forward {
      to     = { name = "names" }
      weight = 2
    }
  }
}

udp_route "set" {
  listener_set = { name = "shop" }
  rule "all" {
    forward { to = { name = "names" } }
  }
}

udp_route "several" {
  attach {
    gateway  = { name = "public" }
    listener = "udp"
    port     = 9053
  }
  attach { listener_set = { name = "shop" } }
  rule "all" {
    forward { to = { name = "names" } }
  }
}
