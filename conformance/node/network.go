//go:build linux

package node

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// router is the node's address on the cables to its Pods.
var router = &net.IPNet{IP: net.IPv4(10, 98, 0, 1), Mask: net.CIDRMask(32, 32)}

// podAddress returns the address of the Pod of a number, from 1.
func podAddress(number int) string {
	return net.IPv4(10, 98, byte(number/250+1), byte(number%250+1)).String()
}

// network is the cable between the node and one Pod.
type network struct{ cable netlink.Link }

// connect lays a cable from here to the network namespace of a process, and
// gives the other end an address that leads there.
func connect(number, pid int, address string) (*network, error) {
	cable := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: fmt.Sprintf("pod%d", number)}, PeerName: "eth0", PeerNamespace: netlink.NsPid(pid)}
	if err := netlink.LinkAdd(cable); err != nil {
		return nil, fmt.Errorf("lay a cable to the Pod: %w", err)
	}
	n := &network{cable}
	own := &net.IPNet{IP: net.ParseIP(address).To4(), Mask: net.CIDRMask(32, 32)}
	if err := errors.Join(here(cable, own), there(pid, own)); err != nil {
		n.close()
		return nil, fmt.Errorf("give the Pod the address %s: %w", address, err)
	}
	return n, nil
}

// here sets up the node's end.
func here(cable netlink.Link, own *net.IPNet) error {
	link, err := netlink.LinkByName(cable.Attrs().Name)
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, &netlink.Addr{IPNet: router}); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return err
	}
	return netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: own, Scope: netlink.SCOPE_LINK, Src: router.IP})
}

// there sets up the Pod's end.
func there(pid int, own *net.IPNet) error {
	space, err := netns.GetFromPid(pid)
	if err != nil {
		return err
	}
	defer space.Close()
	pod, err := netlink.NewHandleAt(space)
	if err != nil {
		return err
	}
	defer pod.Close()
	for _, name := range []string{"lo", "eth0"} {
		link, err := pod.LinkByName(name)
		if err != nil {
			return err
		}
		if err := pod.LinkSetUp(link); err != nil {
			return err
		}
		if name == "lo" {
			continue
		}
		if err := pod.AddrAdd(link, &netlink.Addr{IPNet: own}); err != nil {
			return err
		}
		if err := pod.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Dst: router, Scope: netlink.SCOPE_LINK}); err != nil {
			return err
		}
		if err := pod.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: router.IP}); err != nil {
			return err
		}
	}
	return nil
}

func (n *network) close() { _ = netlink.LinkDel(n.cable) } // an error says that it went with the namespace
