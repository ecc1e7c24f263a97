# The platform team owns the gateway that all application teams share, and
# Services that some of them may forward to.

gwctl {
  name = "platform"
  state "kubernetes" { namespace = var.namespace }
}

variable "namespace" {
  description = "Where the gateway and the shared Services live."
  type        = string
  default     = "infra"
}

variable "teams" {
  description = "Namespaces whose routes may forward to the shared Services."
  type        = set(string)
  default     = ["shop"]
}

provider "kubernetes" {
  namespace = var.namespace
  class     = "eg" # the infrastructure team's
}

gateway "public" {
  listener "http" {
    port     = 80
    protocol = "HTTP"
    hostname = "*.example.com"

    # Routes of every namespace may attach. Each names its own hosts.
    allowed_routes { namespaces = "All" }
  }
}

# Without a grant no route of another namespace reaches a Service of this one.
# gwctl never makes one by itself.
reference_grant "accounts_for" {
  for_each = var.teams

  from {
    kind      = "HTTPRoute"
    namespace = each.key
  }
  to {
    kind = "Service"
    name = "accounts"
  }
}
