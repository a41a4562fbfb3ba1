<?php
// php client.php URL FILE curl|streams: asks URL?by=get, posts FILE to URL, prints "interface status body" for each.
[, $url, $path, $interface] = $argv;
$content = file_get_contents($path);
$type = 'Content-Type: application/octet-stream';

if ($interface === 'curl') {
    ask_curl("$url?by=get", []);
    ask_curl($url, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $content, CURLOPT_HTTPHEADER => [$type, 'Expect:']]);
} else {
    $answer = file_get_contents("$url?by=get");
    show(explode(' ', $http_response_header[0])[1], $answer);
    $context = stream_context_get_default(['http' => ['method' => 'POST', 'header' => $type, 'content' => $content]]);
    $answer = file_get_contents($url, false, $context);
    show(explode(' ', $http_response_header[0])[1], $answer);
}

function ask_curl(string $url, array $options): void
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true] + $options);
    $answer = curl_exec($curl);
    if ($answer === false) {
        fwrite(STDERR, curl_error($curl) . "\n");
        exit(1);
    }

    show(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $answer);
}

function show(string $status, string $answer): void
{
    global $interface;
    echo "$interface $status $answer\n";
}
