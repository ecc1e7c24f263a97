package demo

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed main.hcl.tmpl
var mainText string

var mainTemplate = template.Must(template.New("main.hcl").Parse(mainText))

// stage is one version of main.hcl.
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

// write makes main.hcl what it is at a stage.
func (w *world) write(s stage) error {
	s.Port, s.Taken = w.port, w.taken
	s.V1, s.V2, s.API = w.backends["shop_v1"].Address(), w.backends["shop_v2"].Address(), w.backends["api"].Address()
	var text bytes.Buffer
	if err := mainTemplate.Execute(&text, s); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, "main.hcl"), text.Bytes(), 0o600)
}
