// A receiver of webhooks that writes down what it takes and answers. It closes what has been idle for
// a second; at SIGTERM it ends when what is under way is over.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	port, journal := os.Args[1], os.Args[2]
	file, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	take := func(answer http.ResponseWriter, request *http.Request) {
		number := request.Header.Get("webhook-id")
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return // its sender has gone
		}
		fmt.Fprintf(file, "taken %s\n", number)
		answer.Header().Set("Content-Length", "2")
		answer.Write([]byte("ok"))
		answer.(http.Flusher).Flush()
		fmt.Fprintf(file, "answered %s 200\n", number)
	}
	server := &http.Server{
		Addr: "127.0.0.1:" + port, Handler: http.HandlerFunc(take), IdleTimeout: time.Second,
	}
	ended := make(chan struct{})
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		<-signals
		server.Shutdown(context.Background())
		close(ended)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		panic(err)
	}
	<-ended
}
