// Ada's ticket shop, with nothing but Go. So far it has no route, and says 404 to everybody.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	mux := http.NewServeMux()

	// Your turn: mux.HandleFunc with a function for GET /hello. `firsthand brief route` tells what it must answer.

	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}
