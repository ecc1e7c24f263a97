//go:build linux

package node

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// kubelet answers the API server when somebody asks for the logs of a Pod.
type kubelet struct {
	server *http.Server
	port   int32
	done   chan struct{}

	mu   sync.Mutex
	logs map[[3]string]*podLog // by namespace, Pod and container
}

func startKubelet(address string) (*kubelet, error) {
	certificate, err := selfSigned(address)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return nil, err
	}
	k := &kubelet{
		port: int32(listener.Addr().(*net.TCPAddr).Port), done: make(chan struct{}),
		logs: map[[3]string]*podLog{},
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.serveLog)
	k.server = &http.Server{
		Handler: routes, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	}
	go func() {
		defer close(k.done)
		_ = k.server.ServeTLS(listener, "", "") // it ends by being closed
	}()
	return k, nil
}

func (k *kubelet) stop() {
	_ = k.server.Close()
	<-k.done
}

// selfSigned makes a certificate that the API server takes, which asks for none
// in particular.
func selfSigned(address string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// log returns where a container writes, and how that is forgotten.
func (k *kubelet) log(namespace, pod, container string) (log *podLog, forget func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := [3]string{namespace, pod, container}
	log = &podLog{}
	k.logs[key] = log
	return log, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.logs, key)
	}
}

func (k *kubelet) serveLog(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	log := k.logs[[3]string{r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")}]
	k.mu.Unlock()
	if log == nil {
		http.NotFound(w, r)
		return
	}
	var since time.Time
	if text := r.URL.Query().Get("sinceTime"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	_, _ = w.Write(log.since(since)) // who does not listen any more misses nothing
}

// podLog is what a container wrote, with the times.
type podLog struct {
	mu    sync.Mutex
	begun []byte
	lines []logLine
}

type logLine struct {
	at   time.Time
	text []byte
}

func (l *podLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = append(l.begun, b...)
	for {
		line, rest, whole := bytes.Cut(l.begun, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		l.lines = append(l.lines, logLine{time.Now(), bytes.Clone(line)})
		l.begun = rest
	}
}

func (l *podLog) since(t time.Time) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []byte
	for _, line := range l.lines {
		if !line.at.Before(t) {
			out = append(append(out, line.text...), '\n')
		}
	}
	return out
}
