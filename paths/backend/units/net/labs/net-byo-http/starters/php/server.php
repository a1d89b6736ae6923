<?php
// Your HTTP server. So far it takes every call and hangs up without a word.

declare(strict_types=1);

$port = (int) getenv('PORT');
$publicDir = getenv('PUBLIC_DIR'); // the folder of files to serve, from stage 5 on

$calls = stream_context_create(['socket' => ['backlog' => 128]]); // how many may wait until we take them
$flags = STREAM_SERVER_BIND | STREAM_SERVER_LISTEN;
$listener = stream_socket_server("tcp://127.0.0.1:$port", $errorCode, $errorText, $flags, $calls);
if ($listener === false) {
    fwrite(STDERR, "cannot listen on port $port: $errorText\n");
    exit(1);
}
echo "listening on port $port\n";

while (true) {
    $client = stream_socket_accept($listener, -1); // -1: wait as long as it takes
    if ($client === false) {
        continue;
    }
    // Your turn: read what the client says, and reply before you hang up.
    // `firsthand brief status-line` tells what the first reply must look like.
    fclose($client);
}
