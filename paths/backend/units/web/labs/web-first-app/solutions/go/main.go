// Ada's ticket shop, with nothing but Go: which request goes where, and what is answered.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime"
	"net/http"
	"os"
	"regexp"
	"strconv"
)

const bodyBytesMax = 100_000

var (
	numberForm = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)
	idForm     = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

func main() {
	mux := http.NewServeMux()
	mux.Handle("/hello", only{"GET": hello})
	mux.Handle("/hello/{name}", only{"GET": helloYou})
	mux.Handle("/concerts", only{"GET": listConcerts})
	mux.Handle("/concerts/{number}", only{"GET": showConcert})
	mux.Handle("/orders", only{"POST": addOrder})
	mux.Handle("/orders/{id}", only{"GET": showOrder, "DELETE": deleteOrder})
	mux.Handle("/breaks", only{"GET": breaks})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, 404, "") })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), around(mux)))
}

// only holds the handlers of one path by method, and says 405 to all others.
type only map[string]http.HandlerFunc

func (handlers only) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == "HEAD" {
		method = "GET"
	}
	handler, found := handlers[method]
	if found {
		handler(w, r)
		return
	}
	for _, each := range []string{"GET", "POST", "DELETE"} {
		if _, found := handlers[each]; found {
			w.Header().Add("Allow", each)
		}
	}
	if _, found := handlers["GET"]; found {
		w.Header().Add("Allow", "HEAD")
	}
	refuse(w, 405, "")
}

// The handlers.

func hello(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "Hello!")
}

func helloYou(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "Hello, "+r.PathValue("name")+"!")
}

func listConcerts(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	shown := []Concert{} // not nil, which would be null in JSON
	for _, concert := range concerts {
		if !query.Has("genre") || concert.Genre == query.Get("genre") {
			shown = append(shown, concert)
		}
	}
	send(w, 200, "application/json", shown)
}

func showConcert(w http.ResponseWriter, r *http.Request) {
	number := 0
	if numberForm.MatchString(r.PathValue("number")) {
		number, _ = strconv.Atoi(r.PathValue("number"))
	}
	if number < 1 || number > len(concerts) {
		refuse(w, 404, "")
		return
	}
	send(w, 200, "application/json", concerts[number-1])
}

func addOrder(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" {
		refuse(w, 415, "")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	var sent any
	if err != nil || json.Unmarshal(body, &sent) != nil {
		refuse(w, 400, "The body is not JSON.")
		return
	}
	order, wrong := readOrder(sent)
	if len(wrong) > 0 {
		problem(w, 422, map[string]any{"title": "This order cannot be taken.", "errors": wrong})
		return
	}
	if err := order.keep(); err != nil {
		panic(err)
	}
	w.Header().Set("Location", "/orders/"+order.ID)
	send(w, 201, "application/json", order)
}

func showOrder(w http.ResponseWriter, r *http.Request) {
	if !idForm.MatchString(r.PathValue("id")) {
		refuse(w, 404, "")
		return
	}
	kept, err := os.ReadFile(fileOf(r.PathValue("id")))
	if errors.Is(err, os.ErrNotExist) {
		refuse(w, 404, "")
		return
	}
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(kept)
}

func deleteOrder(w http.ResponseWriter, r *http.Request) {
	if !idForm.MatchString(r.PathValue("id")) || os.Remove(fileOf(r.PathValue("id"))) != nil {
		refuse(w, 404, "")
		return
	}
	w.WriteHeader(204)
}

func breaks(w http.ResponseWriter, r *http.Request) {
	panic(r.URL.Query().Get("because"))
}

// What they answer.

func send(w http.ResponseWriter, status int, kind string, content any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(content)
}

func refuse(w http.ResponseWriter, status int, title string) {
	if title == "" {
		title = http.StatusText(status)
	}
	problem(w, status, map[string]any{"title": title})
}

func problem(w http.ResponseWriter, status int, members map[string]any) {
	members["status"] = status
	members["id"] = w.Header().Get(idHeader)
	send(w, status, "application/problem+json", members)
}
