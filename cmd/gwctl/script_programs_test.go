package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// getMain prints status, headers and body of one request.
func getMain() {
	client := &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	scheme, args := "http", os.Args[1:]
	transport := &http.Transport{ForceAttemptHTTP2: true}
	if files, ok := strings.CutPrefix(args[0], "-tls="); ok {
		scheme, args = "https", args[1:]
		file, own, _ := strings.Cut(files, ",")
		authority, err := os.ReadFile(file)
		give(err)
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		if own != "" {
			shown, err := tls.LoadX509KeyPair(own+".crt", own+".key")
			give(err)
			// Whatever authorities the server names, as a client that was told to.
			transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
		}
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(authority)
		client.Transport = transport
	}
	req, err := http.NewRequest(http.MethodGet, scheme+"://127.0.0.1:"+args[0]+args[1], nil)
	give(err)
	for _, h := range args[2:] {
		name, value, _ := strings.Cut(h, ":")
		if strings.EqualFold(name, "host") {
			req.Host = value
			if scheme == "https" {
				transport.TLSClientConfig.ServerName = value
			}
			continue
		}
		req.Header.Add(name, value)
	}
	var resp *http.Response
	for range 300 { // an Envoy that has just started
		if resp, err = client.Do(req); err == nil || refused(err) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	give(err)
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode)
	if resp.TLS != nil {
		fmt.Printf("%s, the certificate is for %s\n", resp.Proto, strings.Join(resp.TLS.PeerCertificates[0].DNSNames, ", "))
	}
	for name, values := range resp.Header {
		fmt.Printf("%s: %s\n", strings.ToLower(name), strings.Join(values, ", "))
	}
	_, err = io.Copy(os.Stdout, io.LimitReader(resp.Body, 1<<20))
	give(err)
}

// refused reports whether a TLS peer said no.
func refused(err error) bool {
	remote, ok := errors.AsType[*net.OpError](err)
	return ok && remote.Op == "remote error"
}

// unansweredMain becomes the command, with an input that stays open and empty.
func unansweredMain() {
	var pipe [2]int
	give(syscall.Pipe(pipe[:]))
	give(syscall.Dup2(pipe[0], 0))
	log, err := os.Create(os.Args[1])
	give(err)
	give(syscall.Dup2(int(log.Fd()), 1))
	give(syscall.Dup2(int(log.Fd()), 2))
	path, err := exec.LookPath(os.Args[2])
	give(err)
	give(syscall.Exec(path, os.Args[2:], os.Environ()))
}

// give ends the program when something failed.
func give(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
