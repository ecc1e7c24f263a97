package generated

// backendTLS draws for which backends there are policies.
func (g *generator) backendTLS() {
	for i, backend := range some(g, "secured", 0, 2, g.backends) {
		names := ""
		if g.maybe("subject_alt_names") {
			names = "  subject_alt_names = " + quotedList(some(g, "names", 1, 2, []string{"orders.internal", "spiffe://corp/orders"})) + "\n"
		}
		g.add("backend_tls_policy \"%s_tls_%d\" {\n  target     = %s\n  hostname   = \"orders.internal\"\n  system_cas = true\n%s}", g.Prefix, i, backend, names)
	}
}
