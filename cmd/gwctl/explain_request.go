package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/gwctl/gwctl/internal/routing"
	"github.com/gwctl/gwctl/views"
)

// explainFlags say which configuration a request is explained by.
type explainFlags struct {
	variables variableFlags
	headers   []string
	grpc      bool
	provider  string
	live      bool
	refresh   bool
	json      bool
}

func (c *cli) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] [METHOD] URL",
		Short: "Say which rule answers a request, and why the others do not",
		Long: `Says which listener takes a request, which rule of which route answers it, and
with what: backends with their shares, or the gateway's own answer. Of all other
rules it says why they do not get it. It sends nothing.

The configuration counts, as if it were applied, together with what others have
on the target; without a target, or with -refresh=false, the configuration
alone. With -live it is what the target has now, whoever owns it.

The port of the URL is that of a listener, by default 80 for http and 443 for
https.

    gwctl explain https://shop.example.com/api
    gwctl explain POST http://shop.example.com:8080/api -H 'x-env: test'
    gwctl explain -grpc https://shop.example.com/shop.v1.Orders/Place
    gwctl explain -live https://shop.example.com/api`,
		Args: args(1, 2, "a method and a URL"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if f.live && cmd.Flags().Changed("refresh") {
				return &usageError{cmd, "-live looks at what is live alone, and -refresh at whether to look: give one of them."}
			}
			request, err := requestOf(arguments, &f)
			if err != nil {
				return &usageError{cmd, sentence(err.Error())}
			}
			scenes, err := c.scenes(cmd.Context(), &f)
			if err != nil {
				return err
			}
			e, err := explainRequest(cmd.Context(), scenes, request)
			if err != nil {
				return err
			}
			return views.NewExplain(c.viewOptions(f.json, false)).Explain(e)
		},
	}
	flags := cmd.Flags()
	f.variables.register(flags)
	flags.StringArrayVarP(&f.headers, "header", "H", nil, "-H: a `header` of the request, as NAME: VALUE; may be repeated")
	flags.BoolVar(&f.grpc, "grpc", false, "the request is a call of gRPC: the path of the URL is /SERVICE/METHOD")
	flags.StringVar(&f.provider, "provider", "", "only the target of this provider `block`, such as kubernetes.eu (default: all of the configuration)")
	flags.BoolVar(&f.live, "live", false, "by what is live, and not by the configuration")
	flags.BoolVar(&f.refresh, "refresh", true, "read what others have on the target; -refresh=false asks nobody")
	flags.BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

// requestOf reads a request from the command line.
func requestOf(arguments []string, f *explainFlags) (*routing.Request, error) {
	method, text := http.MethodGet, arguments[0]
	if f.grpc {
		method = http.MethodPost
	}
	if len(arguments) == 2 {
		method, text = strings.ToUpper(arguments[0]), arguments[1]
		if !isToken(method) {
			return nil, fmt.Errorf("%q is no method of a request: they are GET, POST and so on", arguments[0])
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err
		}
		return nil, fmt.Errorf("%q is no URL: %w", text, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is no URL of a request: that is http:// or https:// with a host, such as https://shop.example.com/api", text)
	}
	r := &routing.Request{
		Method: method, Scheme: u.Scheme, Host: u.Host, Port: 80,
		Path: u.EscapedPath(), Query: u.RawQuery, Header: http.Header{},
	}
	if r.Scheme == "https" {
		r.Port = 443
	}
	if u.Port() != "" {
		port, err := strconv.ParseUint(u.Port(), 10, 16)
		if err != nil || port == 0 {
			return nil, fmt.Errorf("the port in %q is no number from 1 to 65535", text)
		}
		r.Port = int32(port)
	}
	if r.Path == "" {
		r.Path = "/"
	}
	for _, h := range f.headers {
		name, value, found := strings.Cut(h, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !found || !isToken(name) || strings.ContainsFunc(value, unicode.IsControl):
			return nil, fmt.Errorf("-H %q is no header: that is NAME: VALUE, such as -H 'x-env: test'", h)
		case strings.EqualFold(name, "host"):
			r.Host = value
		default:
			r.Header.Add(name, value)
		}
	}
	if !f.grpc {
		return r, nil
	}
	if r.Method != http.MethodPost {
		return nil, fmt.Errorf("a call of gRPC is sent by POST, and not by %s: leave the method out", r.Method)
	}
	if service, of, found := strings.Cut(r.Path[1:], "/"); service == "" || of == "" || !found || strings.Contains(of, "/") {
		return nil, fmt.Errorf("the path of %q is no call of gRPC: that is /SERVICE/METHOD, such as /shop.v1.Orders/Place", text)
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/grpc")
	}
	if !r.IsGRPC() {
		return nil, fmt.Errorf("the content-type of a call of gRPC is application/grpc, and not %q: leave the header out", r.Header.Get("Content-Type"))
	}
	return r, nil
}

// isToken reports whether s can be a method or the name of a header, by RFC
// 9110, section 5.6.2.
func isToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(marks, r)
	})
}

// explainRequest asks each gateway that may get the request.
func explainRequest(ctx context.Context, scenes []*scene, r *routing.Request) (*views.Explanation, error) {
	e := &views.Explanation{Request: r}
	var listeners []string
	for _, s := range scenes {
		world, err := s.world()
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, world.Listeners()...)
		for _, gateway := range world.Gateways(r.Scheme, r.Port) {
			answer := world.Explain(gateway, r)
			if s.lookUp(ctx, &answer) {
				if world, err = s.world(); err != nil {
					return nil, err
				}
				answer = world.Explain(gateway, r)
			}
			key := s.key
			if len(scenes) == 1 {
				key = ""
			}
			e.Answers = append(e.Answers, views.ExplainedAnswer{Provider: key, Answer: answer, Spot: s.spot})
		}
		e.Notes = append(e.Notes, s.notes...)
	}
	if len(e.Answers) > 0 {
		return e, nil
	}
	text := fmt.Sprintf("no gateway listens for %s on port %d: ", r.Scheme, r.Port)
	if len(listeners) == 0 {
		text += "there is no listener for HTTP at all."
	} else {
		text += "there are " + strings.Join(listeners, ", ") + ". The port of a listener goes into the URL, as in http://HOST:8080/."
	}
	return nil, errors.New(strings.Join(append([]string{text}, e.Notes...), " "))
}
