package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gwctl/gwctl/internal/ratelimit"
)

// ErrMiscounted says that other requests passed than the limit lets pass.
var ErrMiscounted = errors.New("the limit let other requests pass than it should")

// RunLimits gives the tour of global rate limits, on a real limiter and Redis:
// half a minute, and the rest of a minute before it where too little is left of
// that. It leaves nothing behind.
func RunLimits(ctx context.Context, o Options) (err error) {
	w, err := newLimitsWorld(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	t := &limitsTour{world: w, used: map[string]int{}}
	for _, step := range []func(context.Context) error{t.start, t.limit, t.raise, t.outage} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return t.end()
}

// limitsTour is the order of things.
type limitsTour struct {
	*world
	used    map[string]int // requests in this minute, by key
	limited bool           // there is somebody who counts
	allowed int            // requests a minute
	wrong   int            // requests that another answer was due to
}

// Keys of the callers.
const (
	alice = "alice"
	bob   = "bob"
)

func newLimitsWorld(ctx context.Context, o Options) (*world, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf("127.0.0.1:%d", port)
	w, err := newWorld(ctx, o, []string{"orders"}, "-ratelimit", at)
	if err != nil {
		return nil, err
	}
	if w.redis, err = ratelimit.StartRedis(ctx); err == nil {
		w.limiter, err = ratelimit.Start(ratelimit.Options{Server: w.ads, Redis: w.redis.Socket(), Node: "demo-limiter", Address: at})
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (t *limitsTour) start(ctx context.Context) error {
	t.screen.title("An Envoy, an xDS server, and what counts for all Envoys: the rate limit service and its Redis")
	t.screen.command("redis-server --unixsocket %s", t.redis.Socket())
	t.screen.command("gwctl xds serve -listen %s -ratelimit %s", t.ads, t.limiter.Address())
	t.screen.command("CONFIG_TYPE=GRPC_XDS_SOTW CONFIG_GRPC_XDS_SERVER_URL=%s ... ratelimit", t.ads)
	if err := t.startEnvoy(ctx); err != nil {
		return err
	}
	ready, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := t.limiter.Ready(ready); err != nil {
		return err
	}
	t.screen.say("All are connected. The configuration is main.hcl: a route, and a limit for each value of X-API-Key.")
	return nil
}

// minute is what a limit counts in, by the clock: a new one begins at nothing.
const minute = time.Minute

// enough is what the tour wants to have left of a minute when it begins to count.
const enough = 20 * time.Second

func (t *limitsTour) limit(ctx context.Context) error {
	t.screen.title("1. 100 requests a minute for each API key")
	if err := t.write("limits.hcl.tmpl", limitsConfiguration{Port: t.port, Orders: t.backends["orders"].Address()}); err != nil {
		return err
	}
	if err := t.gwctl(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	t.limited, t.allowed = true, 100
	if left := time.Until(time.Now().Truncate(minute).Add(minute)); left < enough {
		t.screen.say("The next minute begins in %d seconds: limits count by the clock.", int(left.Seconds())+1)
		if err := sleep(ctx, left+100*time.Millisecond); err != nil {
			return err
		}
	}
	return t.call(ctx, 150, 50)
}

func (t *limitsTour) raise(ctx context.Context) error {
	t.screen.title("2. Another number, and what was counted stays counted")
	if err := t.gwctl(ctx, "apply", "-concise", "-auto-approve", "-var", "limit=180"); err != nil {
		return err
	}
	t.allowed = 180
	return t.call(ctx, 50, 50)
}

func (t *limitsTour) outage(ctx context.Context) error {
	t.screen.title("3. Redis is gone")
	t.screen.say("This limit says nothing of limiter_down, so requests pass while nobody counts; with limiter_down = \"closed\" they would not.")
	t.redis.Stop()
	t.limited = false
	if err := t.call(ctx, 50, 50); err != nil {
		return err
	}
	return t.gwctl(ctx, "xds", "status")
}

func (t *limitsTour) end() error {
	t.screen.say("")
	if t.wrong > 0 {
		t.screen.print(paint(t.screen.style.Bad, fmt.Sprintf("%d requests were not answered as the limit says", t.wrong)))
		return ErrMiscounted
	}
	t.screen.print(paint(t.screen.style.Good, "every request was answered as the limit says"))
	return nil
}

// call sends requests with both keys, in turn as long as both have some, and
// draws the answers.
func (t *limitsTour) call(ctx context.Context, alices, bobs int) error {
	answers := map[string][]bool{}
	for i := range max(alices, bobs) {
		if i < alices {
			if err := t.request(ctx, alice, answers); err != nil {
				return err
			}
		}
		if i < bobs {
			if err := t.request(ctx, bob, answers); err != nil {
				return err
			}
		}
	}
	for _, key := range []string{alice, bob} {
		t.screen.cells("X-API-Key: "+key, answers[key])
	}
	return nil
}

// request sends one, and notes whether it passes and should.
func (t *limitsTour) request(ctx context.Context, key string, answers map[string][]bool) error {
	passed, err := t.passes(ctx, key)
	if err != nil {
		return err
	}
	t.used[key]++
	if due := !t.limited || t.used[key] <= t.allowed; passed != due {
		t.wrong++
	}
	answers[key] = append(answers[key], passed)
	return nil
}

// passes sends a request.
func (t *limitsTour) passes(ctx context.Context, key string) (bool, error) {
	url := "http://" + net.JoinHostPort("127.0.0.1", fmt.Sprint(t.port)) + "/"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("X-API-Key", key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusTooManyRequests:
		return false, nil
	}
	return false, fmt.Errorf("a request with key %s is answered with %s", key, response.Status)
}
