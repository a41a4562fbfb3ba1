# ruby client.rb URL FILE: asks URL?by=get, posts FILE to URL, prints "protocol status body" for each.
require 'net/http'

def show(response) = puts("HTTP/#{response.http_version} #{response.code} #{response.body}")

url, path = ARGV
show(Net::HTTP.get_response(URI("#{url}?by=get")))
show(Net::HTTP.post(URI(url), File.binread(path), 'Content-Type' => 'application/octet-stream'))
