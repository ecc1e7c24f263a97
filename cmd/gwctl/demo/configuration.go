package demo

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed *.hcl.tmpl
var texts embed.FS

var templates = template.Must(template.ParseFS(texts, "*.hcl.tmpl"))

// stage is one version of the tour's main.hcl.
type stage struct {
	Reordered bool // rules in another order, and the route for /api is a new one
	Refused   bool // a listener on a port that is taken

	Port, Taken uint16
	V1, V2, API string // addresses
}

var (
	first   = stage{}
	second  = stage{Reordered: true}
	refused = stage{Reordered: true, Refused: true}
)

// stage makes main.hcl what it is at a stage.
func (t *tour) stage(s stage) error {
	s.Port, s.Taken = t.port, t.taken
	s.V1, s.V2, s.API = t.backends["shop_v1"].Address(), t.backends["shop_v2"].Address(), t.backends["api"].Address()
	return t.write("main.hcl.tmpl", s)
}

// limitsConfiguration is main.hcl in the tour of rate limits.
type limitsConfiguration struct {
	Port   uint16
	Orders string // its address
}

// write makes main.hcl of a template.
func (w *world) write(name string, values any) error {
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, values); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, "main.hcl"), text.Bytes(), 0o600)
}
