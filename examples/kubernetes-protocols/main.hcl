# On a Kubernetes cluster with Envoy Gateway: one gateway for what is not plain
# HTTP. gRPC calls go by service and method, TLS connections by the host that
# clients ask for, TCP connections and UDP datagrams by port.

gwctl {
  name = "protocols"
}

# The cluster that kubectl talks to, unless `context` says another.
provider "kubernetes" {
  namespace = var.namespace
}

variable "namespace" {
  description = "Where the gateway, the routes and the Services live. It has to be there."
  type        = string
  default     = "shop"
}

variable "vaults" {
  description = "Namespace of another team, whose Services are reached through this gateway."
  type        = string
  default     = "vaults"
}

# Where somebody else makes the class, leave this out, and say class = "eg" in
# the provider block.
gateway_class "eg" {
  controller = "gateway.envoyproxy.io/gatewayclass-controller"
}

gateway "edge" {
  class = gateway_class.eg

  # Teams of this namespace may add listeners of their own.
  allowed_listeners { namespaces = "Same" }

  listener "grpc" {
    port     = 80
    hostname = "*.example.com"
    allowed_routes { kinds = ["GRPCRoute"] }
  }
  listener "vault" {
    port     = 8443
    protocol = "TLS"
    tls { mode = "Passthrough" } # the vaults show their own certificates
  }
  listener "postgres" {
    port     = 5432
    protocol = "TCP"
  }
  listener "dns" {
    port     = 5353
    protocol = "UDP"
  }
}

# Services make no objects: they are there.
backend "orders" {
  service = "orders"
  port    = 50051
}

backend "orders_v2" {
  service = "orders-v2"
  port    = 50051
}

backend "vault" {
  service   = "vault"
  namespace = var.vaults
  port      = 8443
}

backend "postgres" {
  service = "postgres"
  port    = 5432
}

backend "dns" {
  service = "dns"
  port    = 5353
}

grpc_route "orders" {
  gateway   = gateway.edge
  listener  = "grpc"
  hostnames = ["orders.example.com"]

  rule "new" {
    match {
      service = "grpc.health.v1.Health"
      method  = "Check"
      headers = { x-version = "2" }
    }
    forward { to = backend.orders_v2 }
  }
  rule "all" {
    match { service = "grpc.health.v1.Health" }
    forward { to = backend.orders }
  }
}

tls_route "vault" {
  gateway   = gateway.edge
  listener  = "vault"
  hostnames = ["vault.example.com"]
  rule {
    forward { to = backend.vault }
  }
}

# The other team's word that routes of this namespace may forward to its Service.
# It stands in their configuration, if they have one.
reference_grant "vault" {
  namespace = var.vaults
  from {
    kind      = "TLSRoute"
    namespace = var.namespace
  }
  to {
    kind = "Service"
    name = "vault"
  }
}

tcp_route "postgres" {
  gateway  = gateway.edge
  listener = "postgres"
  rule {
    forward { to = backend.postgres }
  }
}

udp_route "dns" {
  gateway  = gateway.edge
  listener = "dns"
  rule {
    forward { to = backend.dns }
  }
}

# A team's own port at the gateway, with a route to it.
listener_set "reports" {
  gateway = gateway.edge
  listener "reports" {
    port     = 9000
    protocol = "TCP"
  }
}

tcp_route "reports" {
  listener_set = listener_set.reports
  rule {
    forward { to = backend.postgres }
  }
}
