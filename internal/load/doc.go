// Package load puts a gateway under a steady load and watches every answer:
// backends that say who they are, and a generator that hides nothing. It sends
// at a fixed rate whatever the answers do, retries nothing, and counts each
// request that had no answer, or one that it was not allowed to have.
package load
