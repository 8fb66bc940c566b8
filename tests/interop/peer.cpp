// QuickFIX as the counterparty of fixline: an acceptor that gives orders back, or an initiator that
// sends orders and wants each back once. It can be killed at any time and started again.
//
//   peer acceptor  SETTINGS
//   peer initiator SETTINGS ORDERS RATE JOURNAL [SKIP]
//
// SKIP raises the next outgoing number of each session before it connects, so that there is a gap.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>

namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t stopped = 0;

std::string clOrdID(const FIX::FieldMap& fields) {
    return fields.isSetField(FIX::FIELD::ClOrdID) ? fields.getField(FIX::FIELD::ClOrdID) : "";
}

bool isRepeated(const FIX::Message& message) {
    FIX::PossDupFlag flag(false);
    return message.getHeader().getFieldIfSet(flag) && flag.getValue();
}

// The ClOrdID of every message that the session's store has below its next outgoing number.
std::set<std::string> stored(const FIX::SessionID& id) {
    FIX::Session* session = FIX::Session::lookupSession(id);
    const int next = session->getStore()->getNextSenderMsgSeqNum();
    std::vector<std::string> messages;
    session->getStore()->get(1, next - 1, messages);
    std::set<std::string> found;
    for (const std::string& message : messages) {
        const std::size_t begin = message.find("\00111=");
        if (begin == std::string::npos) continue;
        const std::size_t end = message.find('\001', begin + 1);
        found.insert(message.substr(begin + 4, end - begin - 4));
    }
    return found;
}

// What both roles do not care about.
class Silent : public FIX::Application {
public:
    void onCreate(const FIX::SessionID&) override {}
    void onLogon(const FIX::SessionID& id) override { std::cout << id << ": logged on" << std::endl; }
    void onLogout(const FIX::SessionID& id) override { std::cout << id << ": logged out" << std::endl; }
    void toAdmin(FIX::Message&, const FIX::SessionID&) override {}
    void toApp(FIX::Message&, const FIX::SessionID&) throw(FIX::DoNotSend) override {}
    void fromAdmin(const FIX::Message& message, const FIX::SessionID& id) throw(
        FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override {
        const std::string type = message.getHeader().getField(FIX::FIELD::MsgType);
        if ((type == "3" || type == "5") && message.isSetField(FIX::FIELD::Text)) {
            std::cout << id << ": " << type << " " << message.getField(FIX::FIELD::Text) << std::endl;
        }
    }
};

// Gives each order back. An order that comes again was answered if the store has the answer.
class Echo : public Silent {
public:
    void fromApp(const FIX::Message& message, const FIX::SessionID& id) throw(
        FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
        FIX::UnsupportedMessageType) override {
        if (message.getHeader().getField(FIX::FIELD::MsgType) != "D") throw FIX::UnsupportedMessageType();
        if (isRepeated(message) && stored(id).count(clOrdID(message)) > 0) return;
        FIX::Message echo;
        echo.getHeader().setField(FIX::MsgType("D"));
        for (const auto& field : message) echo.setField(field.getTag(), field.getString());
        FIX::Session::sendToTarget(echo, id);
    }
};

// The orders of one session: ClOrdID is the session's name and a number.
struct Book {
    int sent = 0;
    std::map<int, int> plain, repeated;
    Clock::time_point lastOrder{};

    int open() const { return sent - static_cast<int>(back().size()); }
    std::set<int> back() const {
        std::set<int> numbers;
        for (const auto& entry : plain) numbers.insert(entry.first);
        for (const auto& entry : repeated) numbers.insert(entry.first);
        return numbers;
    }
};

class Orders : public Silent {
public:
    Orders(int orders, int rate, const std::string& journal)
        : orders_(orders), pause_(std::chrono::nanoseconds(1000000000LL / rate)) {
        std::ifstream in(journal);
        std::string name, how, end;
        int number;
        for (std::string line; std::getline(in, line);) {
            std::istringstream words(line);
            // A line that a kill cut off means nothing.
            if (!(words >> name >> number >> how >> end) || end != ".") continue;
            Book& book = books_[name];
            count(book, number, how == "again");
            book.sent = std::max(book.sent, number);
        }
        journal_.open(journal, std::ios::app);
    }

    // What the store has was sent as well; a reset makes it forget.
    void resume(const FIX::SessionID& id) {
        Book& book = books_[nameOf(id)];
        for (const std::string& order : stored(id)) book.sent = std::max(book.sent, numberOf(id, order));
    }

    void fromApp(const FIX::Message& message, const FIX::SessionID& id) throw(
        FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
        FIX::UnsupportedMessageType) override {
        const int number = numberOf(id, clOrdID(message));
        if (number == 0) throw FIX::UnsupportedMessageType();
        std::lock_guard<std::mutex> lock(mutex_);
        journal_ << nameOf(id) << ' ' << number << (isRepeated(message) ? " again ." : " plain .") << std::endl;
        count(books_[nameOf(id)], number, isRepeated(message));
    }

    // Sends what may be sent; true when every order of the session is back.
    bool work(const FIX::SessionID& id) {
        std::unique_lock<std::mutex> lock(mutex_);
        Book& book = books_[nameOf(id)];
        if (book.sent >= orders_ && book.open() == 0) return true;
        const bool due = Clock::now() - book.lastOrder >= pause_;
        if (book.sent >= orders_ || book.open() >= 100 || !due) return false;
        if (!FIX::Session::lookupSession(id)->isLoggedOn()) return false;
        book.lastOrder = Clock::now();
        FIX::Message order;
        order.getHeader().setField(FIX::MsgType("D"));
        order.setField(FIX::FIELD::ClOrdID, nameOf(id) + "-" + std::to_string(book.sent + 1));
        order.setField(FIX::FIELD::HandlInst, "1");
        order.setField(FIX::FIELD::OrderQty, "100");
        order.setField(FIX::FIELD::OrdType, "1");
        order.setField(FIX::FIELD::Side, "1");
        order.setField(FIX::FIELD::Symbol, "FIX");
        const std::string begin = id.getBeginString().getString();
        if (begin != "FIX.4.0" && begin != "FIX.4.1") order.setField(FIX::TransactTime(FIX::UtcTimeStamp()));
        // QuickFIX may call us back while it sends.
        lock.unlock();
        const bool numbered = FIX::Session::sendToTarget(order, id);
        lock.lock();
        if (numbered) ++book.sent;
        return false;
    }

    // Prints what became of the orders of a session; true when each came back once.
    bool report(const FIX::SessionID& id) {
        std::lock_guard<std::mutex> lock(mutex_);
        const Book& book = books_[nameOf(id)];
        int missing = 0, twice = 0;
        const std::set<int> back = book.back();
        for (int number = 1; number <= orders_; ++number) missing += back.count(number) == 0;
        for (const auto& entry : book.plain) twice += entry.second > 1;
        std::cout << id << ": " << book.sent << " sent, " << back.size() << " back, " << missing
                  << " missing, " << twice << " twice" << std::endl;
        return missing == 0 && twice == 0;
    }

private:
    static std::string nameOf(const FIX::SessionID& id) { return id.getSenderCompID().getString(); }

    static int numberOf(const FIX::SessionID& id, const std::string& order) {
        const std::string prefix = nameOf(id) + "-";
        return order.compare(0, prefix.size(), prefix) == 0 ? std::atoi(order.c_str() + prefix.size()) : 0;
    }

    static void count(Book& book, int number, bool repeated) {
        ++(repeated ? book.repeated : book.plain)[number];
    }

    const int orders_;
    const Clock::duration pause_;
    std::ofstream journal_;
    std::mutex mutex_;
    std::map<std::string, Book> books_;
};

int serve(const std::string& path) {
    Echo application;
    FIX::SessionSettings settings(path);
    FIX::FileStoreFactory stores(settings);
    FIX::SocketAcceptor acceptor(application, stores, settings);
    acceptor.start();
    std::cout << "listening" << std::endl;
    while (!stopped) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    acceptor.stop();
    return 0;
}

int trade(const std::string& path, int orders, int rate, const std::string& journal, int skip) {
    Orders application(orders, rate, journal);
    FIX::SessionSettings settings(path);
    FIX::FileStoreFactory stores(settings);
    FIX::SocketInitiator initiator(application, stores, settings);
    const std::set<FIX::SessionID> sessions = settings.getSessions();
    for (const FIX::SessionID& id : sessions) {
        application.resume(id);
        FIX::Session* session = FIX::Session::lookupSession(id);
        if (skip > 0) session->setNextSenderMsgSeqNum(session->getExpectedSenderNum() + skip);
    }
    initiator.start();
    const Clock::time_point end = Clock::now() + std::chrono::seconds(60);
    bool done = false;
    while (!done && !stopped && Clock::now() < end) {
        done = true;
        for (const FIX::SessionID& id : sessions) done = application.work(id) && done;
        std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    initiator.stop();
    bool clean = true;
    for (const FIX::SessionID& id : sessions) clean = application.report(id) && clean;
    return clean ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGTERM, [](int) { stopped = 1; });
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 2 && words[0] == "acceptor") return serve(words[1]);
        if (words.size() >= 5 && words[0] == "initiator") {
            const int skip = words.size() > 5 ? std::stoi(words[5]) : 0;
            return trade(words[1], std::stoi(words[2]), std::stoi(words[3]), words[4], skip);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
    std::cerr << "peer acceptor SETTINGS | peer initiator SETTINGS ORDERS RATE JOURNAL [SKIP]" << std::endl;
    return 2;
}
