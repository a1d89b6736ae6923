package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"
)

// Order is what a customer has ordered, once every field was looked at.
type Order struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Concert int    `json:"concert"`
	Tickets int    `json:"tickets"`
	Note    string `json:"note"`
	Pay     int    `json:"pay"`
}

// Wrong is one field that cannot be so.
type Wrong struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

var emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)

// readOrder gives an order, or all that is wrong with what was sent.
func readOrder(sent any) (order Order, wrong []Wrong) {
	fields, isObject := sent.(map[string]any)
	if !isObject {
		return order, []Wrong{{"", "Send an object with email, concert and tickets."}}
	}
	for name := range fields {
		switch name {
		case "email", "concert", "tickets", "note":
		default:
			wrong = append(wrong, Wrong{name, "There is no such field."})
		}
	}

	var isText, isWhole bool
	order.Email, isText = fields["email"].(string)
	if !isText || len(order.Email) > 254 || !emailForm.MatchString(order.Email) {
		wrong = append(wrong, Wrong{"email", "Give an e-mail address, such as ada@example.test."})
	}
	order.Concert, isWhole = whole(fields["concert"], 1, len(concerts))
	if !isWhole {
		wrong = append(wrong, Wrong{"concert", "Give the number of a concert; GET /concerts lists them."})
	}
	order.Tickets, isWhole = whole(fields["tickets"], 1, 6)
	if !isWhole {
		wrong = append(wrong, Wrong{"tickets", "Give a whole number from 1 to 6."})
	}
	if note, isThere := fields["note"]; isThere {
		order.Note, isText = note.(string)
		if !isText || utf8.RuneCountInString(order.Note) > 200 {
			wrong = append(wrong, Wrong{"note", "Write 200 characters at most."})
		}
	}
	if len(wrong) == 0 {
		order.ID = randomID()
		order.Pay = order.Tickets * concerts[order.Concert-1].Price
	}
	return order, wrong
}

// whole gives the number if it is one without a fraction, from low to high.
func whole(value any, low, high int) (int, bool) {
	number, isNumber := value.(float64)
	if !isNumber || number != float64(int(number)) || int(number) < low || int(number) > high {
		return 0, false
	}
	return int(number), true
}

// keep writes the order's file. Its id is random, so no other copy of this program has to know of it.
func (order Order) keep() error {
	file, err := os.OpenFile(fileOf(order.ID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	return json.NewEncoder(file).Encode(order)
}

// fileOf is where the order with this id is kept; an id must look like one before it gets here.
func fileOf(id string) string {
	return filepath.Join(os.Getenv("DATA_DIR"), id+".json")
}
