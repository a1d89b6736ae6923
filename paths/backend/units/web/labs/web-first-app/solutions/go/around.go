package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
)

const idHeader = "X-Request-Id"

// noted remembers which status was sent, for the log.
type noted struct {
	http.ResponseWriter
	status int
}

func (w *noted) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// around numbers each request, catches what nobody expected, and writes the log.
func around(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if !idForm.MatchString(id) {
			id = randomID()
		}
		w.Header().Set(idHeader, id)
		reply := &noted{w, 200}
		caught(inner, reply, r, id)
		write(map[string]any{"id": id, "method": r.Method, "path": r.URL.Path, "status": reply.status})
	})
}

func caught(inner http.Handler, w http.ResponseWriter, r *http.Request, id string) {
	defer func() {
		if cause := recover(); cause != nil {
			write(map[string]any{"id": id, "error": fmt.Sprintf("%v\n%s", cause, debug.Stack())})
			refuse(w, 500, "Something went wrong on our side.")
		}
	}()
	inner.ServeHTTP(w, r)
}

func write(what map[string]any) {
	json.NewEncoder(os.Stdout).Encode(what)
}

func randomID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return hex.EncodeToString(id)
}
