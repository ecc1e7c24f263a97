package process

import (
	"context"
	"errors"
	"time"
)

// askEvery is how often a program is asked whether it is there.
const askEvery = 5 * time.Millisecond

// Until asks again and again until the answer is no error. It gives up, and
// says why with the program's own words, when the program or ctx ends.
func (p *Process) Until(ctx context.Context, ask func(context.Context) error) error {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.Err()
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err, p.Err())
		case <-ticker.C:
		}
	}
}
