<?php
// Ada's ticket shop, with nothing but PHP. This file is run anew for each request; so far it says 404 to everybody.

declare(strict_types=1);

$concerts = require __DIR__ . '/concerts.php'; // the concerts by number: $concerts[1] is the first

// Your turn: GET /hello. `firsthand brief route` tells what it must answer.
// The method is in $_SERVER['REQUEST_METHOD'], path and query are in $_SERVER['REQUEST_URI'].
http_response_code(404);
header('Content-Type: text/plain; charset=utf-8');
echo "There is nothing here.\n";
