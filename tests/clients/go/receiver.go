// A receiver of webhooks that tells by the library of Standard Webhooks what is genuine.
//
// Its argument is JSON, a list of secrets: {"secret": "…", "is_raw": true}. A request to /n is judged
// by the nth of them: 204 when it is genuine, 401 otherwise. It prints its port when it listens.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type secret struct {
	Secret string `json:"secret"`
	IsRaw  bool   `json:"is_raw"`
}

func (s secret) webhook() (*standardwebhooks.Webhook, error) {
	if s.IsRaw {
		return standardwebhooks.NewWebhookRaw([]byte(s.Secret))
	}
	return standardwebhooks.NewWebhook(s.Secret)
}

func main() {
	var secrets []secret
	if err := json.Unmarshal([]byte(os.Args[1]), &secrets); err != nil {
		log.Fatal(err)
	}
	for number, each := range secrets {
		webhook, err := each.webhook()
		if err != nil {
			log.Fatalf("secret %d: %v", number, err)
		}
		http.HandleFunc(fmt.Sprintf("/%d", number), func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = webhook.Verify(body, r.Header)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}
