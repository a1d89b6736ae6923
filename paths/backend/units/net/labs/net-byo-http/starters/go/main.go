// Your HTTP server. So far it takes every call and hangs up without a word.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

var (
	port      = os.Getenv("PORT")
	publicDir = os.Getenv("PUBLIC_DIR") // the folder of files to serve, from stage 5 on
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on port", port)
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		// Your turn: read what the client says, and reply before you hang up.
		// `firsthand brief status-line` tells what the first reply must look like.
		client.Close()
	}
}
