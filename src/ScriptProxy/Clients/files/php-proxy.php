<?php
// php -d auto_prepend_file=php-proxy.php: streams (file_get_contents, fopen) use the proxy of http_proxy unless they are given a context of their own.
// curl_exec needs none of this: libcurl reads the variables itself.
(static function (): void {
    $proxy = getenv('http_proxy') ?: getenv('HTTP_PROXY');
    $parts = $proxy ? parse_url(str_contains($proxy, '://') ? $proxy : "http://$proxy") : false;
    if (!$parts || !isset($parts['host'])) {
        return;
    }

    $http = ['proxy' => sprintf('tcp://%s:%d', $parts['host'], $parts['port'] ?? 80), 'request_fulluri' => true];
    if (isset($parts['user'])) {
        $http['header'] = 'Proxy-Authorization: Basic ' . base64_encode(rawurldecode($parts['user']) . ':' . rawurldecode($parts['pass'] ?? ''));
    }

    stream_context_set_default(['http' => $http]);
})();
