gateway "public" {
  class = "gwctl"
  listener "http" { port = 8080 }
}

gateway "internal" {
  class = "gwctl"
  listener "http" { port = 8081 }
}

gateway "office" {
  class = "gwctl"
  listener "http" { port = 8082 }
}

client_traffic_policy "public" {
  name         = "public"
  namespace    = "default"
  target       = gateway.public
  section      = "http"
  trusted_hops = 1
  labels       = { team = "edge" }
  annotations  = { "example.com/why" = "the load balancer" }
}

client_traffic_policy "several" {
  targets      = [gateway.internal, { name = "theirs", kind = "listener_set" }]
  trusted_hops = 2
}

client_traffic_policy "addresses" {
  target        = gateway.office
  trusted_cidrs = ["10.0.0.0/8"]
}
