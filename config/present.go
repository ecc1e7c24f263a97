package config

// Present reports whether a folder has a configuration.
func Present(dir string) bool {
	names, err := folder(dir, ".hcl")
	return err == nil && len(names) > 0
}
