package kinds

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/gwctl/gwctl/config/schema"
)

// WriteReference writes what every kind takes, as Markdown. It is the same for
// the same code.
func WriteReference(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i, k := range All() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "## %s\n\n%s\n\n", k.Name, k.Doc)
		if !k.makesAny() && !k.Named {
			fmt.Fprintf(out, "Becomes a `%s` of `%s`.\n\n", k.Object.Kind, k.Object.GroupVersion())
		}
		fmt.Fprintf(out, "```hcl\n%s\n```\n", strings.TrimSpace(k.Example))
		schema.WriteBody(out, k.Name, k.Schema)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the reference: %w", err)
	}
	return nil
}
