// Command whoami answers DNS queries over UDP at port 53 as the plugin of that
// name does in CoreDNS: with the address that the question came from.
package main

import (
	"fmt"
	"net"
	"os"

	"github.com/miekg/dns"
)

func main() {
	server := &dns.Server{Addr: ":53", Net: "udp", Handler: dns.HandlerFunc(answer)}
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answer(w dns.ResponseWriter, query *dns.Msg) {
	reply := new(dns.Msg).SetReply(query)
	if from, ok := w.RemoteAddr().(*net.UDPAddr); ok && len(query.Question) == 1 {
		header := dns.RR_Header{Name: query.Question[0].Name, Rrtype: dns.TypeAAAA, Class: dns.ClassINET}
		if ip := from.IP.To4(); ip != nil {
			header.Rrtype = dns.TypeA
			reply.Extra = []dns.RR{&dns.A{Hdr: header, A: ip}}
		} else {
			reply.Extra = []dns.RR{&dns.AAAA{Hdr: header, AAAA: from.IP}}
		}
	}
	fmt.Println(query.Question)
	if err := w.WriteMsg(reply); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
