<?php
// Ada's ticket shop, with nothing but PHP: which request goes where, and what is answered.

declare(strict_types=1);

require __DIR__ . '/orders.php';

ini_set('display_errors', '0'); // what fails is for the log, not for strangers
set_error_handler(fn (int $level, string $message) => throw new ErrorException($message, 0, $level));
header_remove('X-Powered-By');

const PHRASES = [400 => 'Bad Request', 404 => 'Not Found', 405 => 'Method Not Allowed', 415 => 'Unsupported Media Type'];

/** Ends a handler with a status of 400 or more. */
final class Refused extends Exception
{
    public function __construct(public int $status, string $title = '', public array $members = [])
    {
        parent::__construct($title ?: PHRASES[$status]);
    }
}

// The handlers.

function text(string $content): void
{
    header('Content-Type: text/plain; charset=utf-8');
    echo $content;
}

function json(mixed $content, int $status = 200, string $type = 'application/json'): void
{
    http_response_code($status);
    header("Content-Type: $type");
    echo json_encode($content, JSON_THROW_ON_ERROR);
}

function found(mixed $thing): mixed
{
    return $thing ?: throw new Refused(404);
}

function listConcerts(): void
{
    $genre = $_GET['genre'] ?? null;
    $shown = array_filter(CONCERTS, fn (array $concert) => $genre === null || $concert['genre'] === $genre);
    json(array_values($shown)); // without the keys: a list and no object
}

function addOrder(): void
{
    [$type] = explode(';', $_SERVER['CONTENT_TYPE'] ?? '');
    if (strtolower(trim($type)) !== 'application/json') {
        throw new Refused(415);
    }
    try {
        $sent = json_decode(file_get_contents('php://input'), false, 64, JSON_THROW_ON_ERROR);
    } catch (JsonException) {
        throw new Refused(400, 'The body is not JSON.');
    }
    [$order, $errors] = readOrder($sent);
    if ($errors) {
        throw new Refused(422, 'This order cannot be taken.', ['errors' => $errors]);
    }
    $kept = keepOrder($order);
    header("Location: /orders/{$kept['id']}");
    json($kept, 201);
}

function deleteTheOrder(string $id): void
{
    found(removeOrder($id));
    http_response_code(204);
}

// The router.

const ROUTES = [
    '/hello' => ['GET' => 'hello'],
    '/hello/([^/]+)' => ['GET' => 'hello'],
    '/concerts' => ['GET' => 'listConcerts'],
    '/concerts/([1-9][0-9]{0,8})' => ['GET' => 'showConcert'],
    '/orders' => ['POST' => 'addOrder'],
    '/orders/([A-Za-z0-9-]{1,64})' => ['GET' => 'showOrder', 'DELETE' => 'deleteTheOrder'],
    '/breaks' => ['GET' => 'breaks'],
];

function hello(string $name = ''): void
{
    text($name === '' ? 'Hello!' : "Hello, $name!");
}

function showConcert(string $number): void
{
    json(found(CONCERTS[(int) $number] ?? null));
}

function showOrder(string $id): void
{
    json(found(findOrder($id)));
}

function breaks(): void
{
    throw new RuntimeException($_GET['because'] ?? '');
}

function route(string $method, string $path): void
{
    foreach (ROUTES as $pattern => $handlers) {
        if (!preg_match("#^$pattern\$#D", $path, $holes)) {
            continue;
        }
        $handler = $handlers[$method === 'HEAD' ? 'GET' : $method] ?? null;
        if ($handler === null) {
            $methods = array_keys($handlers);
            header('Allow: ' . implode(', ', isset($handlers['GET']) ? [...$methods, 'HEAD'] : $methods));
            throw new Refused(405);
        }
        $handler(...array_map('rawurldecode', array_slice($holes, 1)));
        return;
    }
    throw new Refused(404);
}

// Once around everything.

function writeLine(string $id, array $what): void
{
    $line = json_encode(['id' => $id, ...$what], JSON_INVALID_UTF8_SUBSTITUTE);
    file_put_contents('php://stdout', "$line\n");
}

$given = $_SERVER['HTTP_X_REQUEST_ID'] ?? '';
$id = preg_match('/^[A-Za-z0-9-]{1,64}$/D', $given) ? $given : bin2hex(random_bytes(8));
$method = $_SERVER['REQUEST_METHOD'];
[$path] = explode('?', $_SERVER['REQUEST_URI'], 2);
header("X-Request-Id: $id");

try {
    route($method, $path);
} catch (Refused $refused) {
    $problem = ['title' => $refused->getMessage(), 'status' => $refused->status, 'id' => $id, ...$refused->members];
    json($problem, $refused->status, 'application/problem+json');
} catch (Throwable $error) {
    writeLine($id, ['error' => (string) $error]);
    $problem = ['title' => 'Something went wrong on our side.', 'status' => 500, 'id' => $id];
    json($problem, 500, 'application/problem+json');
}
writeLine($id, ['method' => $method, 'path' => $path, 'status' => http_response_code()]);
