# What traffic should be. Show the difference to what is live: gwctl plan
# Make it so: gwctl apply

gwctl {
  required_version = ">= 0.1"
}

# The bundled xDS server: gwctl xds serve
provider "xds" {
  server = "http://127.0.0.1:18001"
}

variable "v2_weight" {
  description = "Share of requests that the new version gets, in percent."
  type        = number
  default     = 10

  validation {
    condition     = var.v2_weight >= 0 && var.v2_weight <= 100
    error_message = "A weight is 0 to 100."
  }
}

gateway "public" {
  listener "http" {
    port     = 8080
    protocol = "HTTP"
  }
}

backend "app_v1" {
  endpoints = ["127.0.0.1:9001"]
}

backend "app_v2" {
  endpoints = ["127.0.0.1:9002"]
}

http_route "app" {
  gateway = gateway.public

  rule "all" {
    match { path_prefix = "/" }

    forward {
      to     = backend.app_v1
      weight = 100 - var.v2_weight
    }
    forward {
      to     = backend.app_v2
      weight = var.v2_weight
    }
  }
}

output "url" {
  value = "http://localhost:8080/"
}
