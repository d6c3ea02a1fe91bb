// A second broker for tests: mochi, which keeps its sessions in a file.
//
// Usage: mochi -c FILE. Of a configuration of mosquitto it reads where to listen, where its store is,
// and "persistence false" at the end, so that it can stand where mosquitto does; it ends at SIGTERM.
package main

import (
	"bufio"
	"log"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/hooks/storage/bolt"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	capabilities := mqtt.NewDefaultServerCapabilities()
	// What waits for an absent client counts as in flight.
	capabilities.MaximumInflight = math.MaxUint16
	capabilities.MaximumClientWritesPending = math.MaxUint16
	server := mqtt.New(&mqtt.Options{Capabilities: capabilities})
	must(server.AddHook(new(auth.AllowHook), nil))
	config, err := os.Open(os.Args[2])
	must(err)
	store := ""
	lines := bufio.NewScanner(config)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 2 && words[0] == "persistence_location":
			store = filepath.Join(words[1], "mochi.db")
		case len(words) == 2 && words[0] == "persistence" && words[1] == "false":
			store = ""
		case len(words) == 3 && words[0] == "listener":
			address := words[2] + ":" + words[1]
			if strings.Contains(words[2], ":") {
				address = "[" + words[2] + "]:" + words[1]
			}
			must(server.AddListener(listeners.NewTCP(listeners.Config{ID: address, Address: address})))
		}
	}
	must(lines.Err())
	if store != "" {
		must(server.AddHook(new(bolt.Hook), &bolt.Options{Path: store}))
	}
	must(server.Serve())
	<-stop
	must(server.Close())
}
