// go run . URL FILE: asks URL?by=get, posts FILE to URL, prints "protocol status body" for each.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	url, path := os.Args[1], os.Args[2]
	show(http.Get(url + "?by=get"))

	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	show(http.Post(url, "application/octet-stream", file))
}

func show(response *http.Response, err error) {
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Proto, response.StatusCode, string(body))
}
